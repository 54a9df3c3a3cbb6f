-- People who come in by the city's provider of identities (OpenID Connect). Who has no password of ours has an empty one.

CREATE TABLE person_identity (
    issuer text NOT NULL,
    subject text NOT NULL,             -- the provider's, never used again for somebody else
    person_id int NOT NULL REFERENCES person,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX person_identity_person ON person_identity (person_id);

-- The provider proved a second factor itself, so that ours is not asked for.
ALTER TABLE sign_in ADD COLUMN factor_by_provider boolean NOT NULL DEFAULT false;

-- The person of an identity, made at its first sign-in, with the role that the provider gives now. So the API may let
-- people in whom the provider knows, and has no right to make others, or to give a role to those whom we made.
-- Of somebody who is shut out nothing changes.
CREATE FUNCTION person_of_identity(
    asked_issuer text, asked_subject text, wanted_name text, given_role text, given_at timestamptz
) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    theirs public.person;
    free_name text := wanted_name;
    tries int := 1;
BEGIN
    -- Two first sign-ins at once are one person.
    PERFORM pg_advisory_xact_lock(hashtextextended(asked_issuer || ' ' || asked_subject, 34));
    SELECT p.* INTO theirs
    FROM public.person p JOIN public.person_identity i ON i.person_id = p.id
    WHERE i.issuer = asked_issuer AND i.subject = asked_subject
    FOR UPDATE OF p;
    IF NOT FOUND THEN
        LOOP
            INSERT INTO public.person (name, role, password, must_change, created_at, last_seen_at)
            VALUES (free_name, given_role, '', false, given_at, given_at)
            ON CONFLICT (name) DO NOTHING
            RETURNING * INTO theirs;
            EXIT WHEN FOUND;
            -- A name is whose it is: nobody becomes somebody else by being called so at the provider.
            tries := tries + 1;
            free_name := left(wanted_name, 35) || '-' || tries;
        END LOOP;
        INSERT INTO public.person_identity (issuer, subject, person_id, linked_at)
        VALUES (asked_issuer, asked_subject, theirs.id, given_at);
        INSERT INTO public.audit_entry (who, action, object, after)
        VALUES (
            theirs.name, 'person added by the provider', 'person:' || theirs.name,
            jsonb_build_object('role', given_role, 'issuer', asked_issuer)
        );
    ELSIF theirs.role <> given_role AND theirs.disabled_at IS NULL THEN
        UPDATE public.person SET role = given_role WHERE id = theirs.id;
        INSERT INTO public.audit_entry (who, action, object, before, after, why)
        VALUES (
            theirs.name, 'role changed', 'person:' || theirs.name, jsonb_build_object('role', theirs.role),
            jsonb_build_object('role', given_role), 'the provider gives another'
        );
    END IF;
    RETURN theirs.id;
END
$$;
REVOKE ALL ON FUNCTION person_of_identity FROM PUBLIC;
