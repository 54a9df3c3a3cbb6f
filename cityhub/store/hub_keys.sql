-- name: get
SELECT key FROM hub_key WHERE purpose = %(purpose)s
