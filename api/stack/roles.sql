-- The database and its three login roles; run by psql as a superuser, any number of times.
-- Passwords come from the environment, so that they stand in no argument list and no file.
\set ON_ERROR_STOP on
\getenv owner_password METAMORPH_OWNER_PASSWORD
\getenv app_password METAMORPH_APP_PASSWORD
\getenv engine_password METAMORPH_ENGINE_PASSWORD

SELECT format('CREATE ROLE %I', wanted.name)
  FROM (VALUES ('metamorph_owner'), ('metamorph_app'), ('metamorph_engine')) AS wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name)
\gexec

-- owner: runs migrations and owns the tables. app: what requests and workers use, always inside one
-- workspace. engine: what the scheduler uses; policies let it see due work of every workspace.
ALTER ROLE metamorph_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION
      PASSWORD :'owner_password';
ALTER ROLE metamorph_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION
      PASSWORD :'app_password';
ALTER ROLE metamorph_engine LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION
      PASSWORD :'engine_password';

SELECT 'CREATE DATABASE metamorph OWNER metamorph_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'metamorph')
\gexec

ALTER DATABASE metamorph OWNER TO metamorph_owner;
REVOKE ALL ON DATABASE metamorph FROM PUBLIC;
GRANT CONNECT ON DATABASE metamorph TO metamorph_app, metamorph_engine;
