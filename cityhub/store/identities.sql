-- Who the city's provider of identities knows, and who that is here.

-- name: person_of
SELECT person_of_identity(%(issuer)s, %(subject)s, %(name)s, %(role)s, %(now)s)

-- name: find
SELECT person_id FROM person_identity WHERE issuer = %(issuer)s AND subject = %(subject)s

-- name: is_linked
SELECT EXISTS (SELECT FROM person_identity WHERE person_id = %(person_id)s AND issuer = %(issuer)s)

-- name: unlink
-- Another than this: who is linked to it already stays so.
DELETE FROM person_identity WHERE person_id = %(person_id)s AND issuer = %(issuer)s AND subject <> %(subject)s

-- name: link
INSERT INTO person_identity (issuer, subject, person_id, linked_at)
VALUES (%(issuer)s, %(subject)s, %(person_id)s, %(now)s)
