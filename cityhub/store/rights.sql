-- Rights: permits that the hub sells, and what other apps sold. Who changes one holds its row until the transaction ends.

-- name: specifications
-- What can be bought on a day, in zones that have a place.
SELECT r.id, r.name_vi, r.name_en, r.zone, coalesce(z.name_vi, r.zone) AS zone_vi, coalesce(z.name_en, r.zone) AS zone_en,
       r.vehicle, r.months, r.price, r.valid_from, r.valid_to, r.illustrative
FROM right_specification r LEFT JOIN parking_zone z ON z.id = r.zone
WHERE r.type = 'permit' AND r.valid_from <= %(day)s AND (r.valid_to IS NULL OR r.valid_to >= %(day)s)
  AND (%(id)s::text IS NULL OR r.id = %(id)s)
  AND EXISTS (SELECT FROM parking_place p WHERE p.zone = r.zone)
ORDER BY r.zone, r.months, r.price DESC, r.id

-- name: add
-- Nothing comes back where the channel has told this reference before.
INSERT INTO assigned_right (id, token, specification_id, months, channel, channel_reference, request_digest, plate,
                            vehicle, zone, place_id, bay_id, valid_from, valid_to, amount, state, pay_by, renewal_of,
                            created_at)
VALUES (%(id)s, %(token)s, %(specification_id)s, %(months)s, %(channel)s, %(channel_reference)s, %(request_digest)s,
        %(plate)s, %(vehicle)s, %(zone)s, %(place_id)s, %(bay_id)s, %(valid_from)s, %(valid_to)s, %(amount)s,
        %(state)s, %(pay_by)s, %(renewal_of)s, %(now)s)
ON CONFLICT (channel, channel_reference) DO NOTHING
RETURNING id::text

-- name: by_token
SELECT a.id::text, a.token, a.specification_id, a.months, a.channel, a.channel_reference, a.plate, a.vehicle, a.zone,
       a.place_id, a.bay_id, a.valid_from, a.valid_to, a.amount, a.state, a.pay_by, a.created_at, a.withdrawn_at,
       (SELECT n.token FROM assigned_right n WHERE n.renewal_of = a.id AND n.state IN ('requested', 'active')) AS renewed_by
FROM assigned_right a WHERE a.token = %(token)s AND a.channel = %(channel)s

-- name: by_id
SELECT a.id::text, a.token, a.specification_id, a.months, a.channel, a.channel_reference, a.plate, a.vehicle, a.zone,
       a.place_id, a.bay_id, a.valid_from, a.valid_to, a.amount, a.state, a.pay_by, a.created_at, a.withdrawn_at
FROM assigned_right a WHERE a.id = %(id)s

-- name: told
SELECT a.id::text, a.request_digest FROM assigned_right a
WHERE a.channel = %(channel)s AND a.channel_reference = %(channel_reference)s

-- name: hold_token
SELECT id::text FROM assigned_right WHERE token = %(token)s FOR UPDATE

-- name: hold_id
SELECT id::text FROM assigned_right WHERE id = %(id)s FOR UPDATE

-- name: activate
UPDATE assigned_right SET state = 'active', pay_by = NULL WHERE id = %(id)s

-- name: wait_until
UPDATE assigned_right SET pay_by = greatest(pay_by, %(pay_by)s) WHERE id = %(id)s AND state = 'requested'

-- name: withdraw
UPDATE assigned_right SET state = 'withdrawn', pay_by = NULL, withdrawn_at = %(now)s WHERE id = %(id)s

-- name: give_up
UPDATE assigned_right SET state = 'lapsed', pay_by = NULL WHERE id = %(id)s AND state = 'requested'

-- name: lapse
-- What nobody paid for in time. A payment that is still under way at its provider keeps it waiting.
UPDATE assigned_right a SET state = 'lapsed', pay_by = NULL
WHERE a.state = 'requested' AND a.pay_by <= %(now)s
  AND NOT EXISTS (SELECT FROM payment p WHERE p.right_id = a.id AND p.state = 'pending')

-- name: covers
-- A right for the whole zone or for this place, through all of the time.
SELECT EXISTS (
    SELECT FROM assigned_right
    WHERE plate = %(plate)s AND vehicle = ANY(%(vehicles)s) AND state = 'active'
      AND (place_id = %(place_id)s OR place_id IS NULL AND zone = %(zone)s)
      AND valid_from <= %(start)s AND valid_to >= %(end)s
)

-- name: overlaps
-- Another permit, or right of days that another app sold, for some of the same time at some of the same places.
SELECT EXISTS (
    SELECT FROM assigned_right
    WHERE plate = %(plate)s AND vehicle = ANY(%(vehicles)s) AND state = 'active' AND id <> %(id)s AND zone = %(zone)s
      AND (place_id IS NULL OR %(place_id)s::text IS NULL OR place_id = %(place_id)s)
      AND valid_from < %(end)s AND valid_to > %(start)s
      AND (specification_id IS NOT NULL OR valid_to - valid_from >= INTERVAL '1 day')
)

-- name: zone_issuer
-- Who runs most places of a zone.
SELECT issuer FROM parking_place WHERE zone = %(zone)s GROUP BY issuer ORDER BY count(*) DESC, issuer LIMIT 1

-- name: zone_names
SELECT coalesce(max(name_vi), %(zone)s), coalesce(max(name_en), %(zone)s) FROM parking_zone WHERE id = %(zone)s

-- name: names
SELECT name_vi, name_en, illustrative FROM right_specification WHERE id = %(id)s
