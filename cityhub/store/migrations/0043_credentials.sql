-- A password that was given without the hub and revoked by it is on record too; when it was given is not known.
ALTER TABLE device_credential
    ALTER COLUMN given_at DROP NOT NULL, ALTER COLUMN given_by DROP NOT NULL,
    ADD CHECK ((given_at IS NULL) = (given_by IS NULL)), ADD CHECK (given_at IS NOT NULL OR revoked_at IS NOT NULL);

-- Whom a provider knows by two names of its own has two ways in, of which one is forgotten when the other ends: of two the
-- newest stays.
WITH gone AS (
    DELETE FROM person_identity older USING person_identity newer
    WHERE newer.person_id = older.person_id AND newer.issuer = older.issuer
      AND (newer.linked_at, newer.subject) > (older.linked_at, older.subject)
    RETURNING older.person_id, older.issuer
)
INSERT INTO audit_entry (who, action, object, before, why)
SELECT 'hub', 'link to the provider ended', 'person:' || p.name, jsonb_build_object('issuer', gone.issuer),
       'they had another that is newer'
FROM (SELECT DISTINCT person_id, issuer FROM gone) gone JOIN person p ON p.id = gone.person_id;
CREATE UNIQUE INDEX person_identity_once ON person_identity (person_id, issuer);
DROP INDEX person_identity_person;

-- What the hub signs for itself, whichever of its processes reads it again.
CREATE TABLE hub_key (
    purpose text PRIMARY KEY CHECK (purpose IN ('attempt')),
    key bytea NOT NULL CHECK (length(key) >= 32)
);
INSERT INTO hub_key VALUES ('attempt', sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea));
