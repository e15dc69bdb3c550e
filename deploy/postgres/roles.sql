-- The five services' roles and schemas in one database: each owns its own and can see no other's.
-- Run once by a superuser, in the database that the services share. Passwords are set apart from this file:
--   ALTER ROLE intake PASSWORD '…';
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$
DECLARE
	service text;
BEGIN
	FOREACH service IN ARRAY ARRAY['intake', 'routing', 'slatimer', 'followup', 'reporting'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
			EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', service);
		END IF;
		EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', service, service);
		EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', service);
		EXECUTE format('ALTER ROLE %I SET search_path = %I', service, service);
	END LOOP;
END
$$;
