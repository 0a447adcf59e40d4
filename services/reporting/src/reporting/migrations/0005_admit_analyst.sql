-- Lets role `analyst` read the views, whoever makes the role and whenever. Locks nothing; `admit_analyst()` can be run again.
CREATE FUNCTION admit_analyst() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'analyst') THEN
        RETURN false;
    END IF;
    GRANT USAGE ON SCHEMA analytics TO analyst;
    GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO analyst;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA analytics TO analyst;
    BEGIN
        ALTER ROLE analyst SET default_transaction_read_only = on;
        ALTER ROLE analyst SET statement_timeout = '60s';
    EXCEPTION WHEN insufficient_privilege THEN
        -- An ordinary owner may not set up other roles; then whoever made the role has set its limits.
        RAISE NOTICE 'the limits of role analyst are left to the administrator of the server';
    END;
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION admit_analyst() FROM PUBLIC;
SELECT admit_analyst();
