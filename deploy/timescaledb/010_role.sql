-- Run once by the database image when its volume is empty, as the superuser, in the database POSTGRES_DB.
-- The hub works as an ordinary role that owns its database; the superuser is for backup and upgrades.
\getenv password HUB_DATABASE_PASSWORD
CREATE ROLE cityhub LOGIN PASSWORD :'password';
ALTER DATABASE cityhub OWNER TO cityhub;
