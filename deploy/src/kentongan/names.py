"""The parts of a running system, by name, and the ports they prefer."""

SERVICES = ("intake", "routing", "notify", "reporting")

# In this order, `--port-base` counts upwards.
PREFERRED_PORTS = {
    "intake": 8000,
    "routing": 8001,
    "notify": 8002,
    "reporting": 8003,
    "mailbox": 8025,
    "smtp": 2525,
    "kafka": 59092,
    "postgres": 55432,
}

# Who may sign in to the workbench once `routing seed` has run.
LOGINS = {
    "nasional": "national administrator",
    "tulungagung": "administrator of Kabupaten Tulungagung",
    "dlh": "officer of Dinas Lingkungan Hidup",
    "dpupr": "officer of Dinas PUPR",
}
