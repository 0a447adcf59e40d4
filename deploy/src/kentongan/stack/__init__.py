"""The servers of the local stack: real Kafka and real PostgreSQL, started without installing either."""
