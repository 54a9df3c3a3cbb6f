-- name: get
SELECT kinds, codes, areas FROM console_reach WHERE person_id = %(person_id)s

-- name: save
INSERT INTO console_reach (person_id, kinds, codes, areas, changed_at)
VALUES (%(person_id)s, %(kinds)s, %(codes)s, %(areas)s, %(now)s)
ON CONFLICT (person_id) DO UPDATE SET
    kinds = excluded.kinds, codes = excluded.codes, areas = excluded.areas, changed_at = excluded.changed_at

-- name: forget
DELETE FROM console_reach WHERE person_id = %(person_id)s
