-- name: drop_chunks
SELECT count(*) FROM drop_chunks('observation', older_than => %(before)s::timestamptz)

-- name: delete
-- In bounded portions, so that no lock is held for long and no single transaction grows huge.
DELETE FROM observation WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM observation WHERE time < %(before)s LIMIT %(portion)s
))
