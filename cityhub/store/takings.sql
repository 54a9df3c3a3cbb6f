-- name: freeze
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: takings
-- What a sensor could see is compared with money on the same day, on days on which one said anything. A day that is not
-- over was watched until it was counted.
WITH money AS (
    SELECT earned_by AS place_id, day, sum(taken) AS taken, sum(given_back) AS given_back,
           sum(taken - given_back) FILTER (WHERE NOT motorbike) AS comparable
    FROM earned_day WHERE day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
), others AS (
    SELECT place_id, (valid_from AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, sum(amount) AS vnd,
           sum(amount) FILTER (WHERE vehicle <> 'motorbike') AS comparable
    FROM assigned_right
    WHERE valid_from >= %(start)s AND valid_from < %(end)s AND state = 'active' AND specification_id IS NULL
    GROUP BY 1, 2
), each AS (
    SELECT r.place_id, greatest(date_trunc(%(step)s, d.day)::date, %(first)s::date) AS begins, c.*,
           coalesce(m.taken, 0) AS taken, coalesce(m.given_back, 0) AS given_back,
           coalesce(o.vnd, 0) AS others, coalesce(m.comparable, 0) + coalesce(o.comparable, 0) AS comparable
    FROM parking_place r
    CROSS JOIN generate_series(%(first)s::date, %(last)s::date, INTERVAL '1 day') AS d (day)
    LEFT JOIN (
        SELECT place_id AS counted_place, day AS counted_day, stays, expected, sensors, silent_seconds, free_stays,
               permit_stays, permit, unpaid_stays, unpaid,
               greatest(extract(epoch FROM least(counted_at, (day + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')
                                           - day::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'), 0) AS seconds
        FROM place_day WHERE day BETWEEN %(first)s AND %(last)s
    ) c ON c.counted_place = r.place_id AND c.counted_day = d.day::date
    LEFT JOIN money m ON m.place_id = r.place_id AND m.day = d.day::date
    LEFT JOIN others o ON o.place_id = r.place_id AND o.day = d.day::date
    WHERE %(place_id)s::text IS NULL OR r.place_id = %(place_id)s
)
SELECT place_id, begins,
       -- As the fields of Figures.
       count(*) AS days, count(expected) AS told, sum(taken)::bigint AS taken, sum(given_back)::bigint AS given_back,
       sum(others)::bigint AS others, coalesce(sum(comparable) FILTER (WHERE expected IS NOT NULL), 0)::bigint AS compared,
       coalesce(sum(expected), 0)::bigint AS expected,
       coalesce(sum(expected - comparable) FILTER (WHERE unpaid IS NOT NULL), 0)::bigint AS split,
       coalesce(sum(unpaid), 0)::bigint AS unpaid, coalesce(sum(permit), 0)::bigint AS permit,
       coalesce(sum(stays), 0)::bigint AS stays, coalesce(sum(free_stays), 0)::bigint AS free_stays,
       coalesce(sum(permit_stays), 0)::bigint AS permit_stays, coalesce(sum(unpaid_stays), 0)::bigint AS unpaid_stays,
       coalesce(sum(silent_seconds), 0)::bigint AS silent_seconds,
       coalesce(sum(sensors * seconds), 0)::bigint AS watched_seconds
FROM each
GROUP BY GROUPING SETS ((place_id, begins), (place_id), (begins))
-- Each place in each span, or the sums by place and those by span.
HAVING (grouping(place_id, begins) = 0) = %(is_each)s
ORDER BY begins, place_id

-- name: pairs
-- What went from account to account, at a place only what it earned or gave back.
SELECT debit, credit, sum(bookings)::int AS bookings, sum(amount)::bigint AS amount
FROM ledger_now
WHERE day BETWEEN %(first)s AND %(last)s
  AND (%(place_id)s::text IS NULL OR credit = 'revenue:' || %(place_id)s OR debit = 'refunds:' || %(place_id)s)
GROUP BY 1, 2

-- name: open
SELECT parked.n::int AS parked, parked.vnd::bigint AS parked_sum, asked.n::int AS refunds, asked.vnd::bigint AS refunds_sum
FROM (SELECT count(*) AS n, coalesce(sum(amount), 0) AS vnd FROM parked_money WHERE resolved_at IS NULL) parked,
     (SELECT count(*) AS n, coalesce(sum(amount), 0) AS vnd FROM refund WHERE state IN ('requested', 'sent', 'by_hand')) asked

-- name: names
SELECT r.place_id, p.name_vi, p.name_en FROM parking_place r JOIN place p ON p.id = r.place_id ORDER BY 1
