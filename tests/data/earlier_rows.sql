-- Representative rows of each table, as they can be entered from a version on (its number is the name).
-- A migration that makes a table brings a row of it here: tests/integration/test_earlier_schemas.py takes them along.

-- name: version_1
INSERT INTO district VALUES ('ba-dinh', 'Ba Đình', 'Ba Dinh', '{}', '{}');
INSERT INTO place VALUES ('ltk-01', 'Lý Thường Kiệt', 'Ly Thuong Kiet', 105.85, 21.02, 'survey', '', 20, true, '{}', 'ba-dinh');
INSERT INTO sensor VALUES
    ('air-old', 'air', 'Cũ', 'Old', 105.8, 21, 'survey', '', 60, NULL, NULL, true, true, '{}', 'ba-dinh'),
    ('bay-old', 'parking', 'Ô cũ', 'Old bay', 105.8, 21, 'survey', '', 60, 'ltk-01', 1, true, true, '{}', 'ba-dinh');
INSERT INTO datastream (sensor_id, property, unit) VALUES
    ('air-old', 'pm2_5', 'µg/m³'), ('air-old', 'seq', ''), ('bay-old', 'occupied', '');
INSERT INTO observation
SELECT TIMESTAMPTZ '2026-11-20 00:00+00' + n * INTERVAL '10 minutes', d, d * 10 + n % 5, CASE n WHEN 7 THEN 1 ELSE 0 END
FROM generate_series(0, 299) AS n, generate_series(1, 3) AS d;
INSERT INTO observation_hourly
SELECT datastream_id, date_trunc('hour', time), count(*) FILTER (WHERE quality = 0), sum(value) FILTER (WHERE quality = 0),
       min(value) FILTER (WHERE quality = 0), max(value) FILTER (WHERE quality = 0), count(*) FILTER (WHERE quality = 1)
FROM observation GROUP BY 1, 2;
INSERT INTO latest SELECT DISTINCT ON (datastream_id) datastream_id, time, value, quality FROM observation
ORDER BY datastream_id, time DESC;
INSERT INTO quarantine (digest, topic, payload, payload_bytes, reason, detail, first_received_at, last_received_at)
VALUES ('x', 'hanoi/air/none/telemetry', '{', 1, 'json', 'cut off', '2026-11-20', '2026-11-21');

-- name: version_3
INSERT INTO continuity SELECT datastream_id, time, value, time, 1, time, value FROM latest;
INSERT INTO correction (made_by, reason, datastream_id, start_time, end_time, set_bits, cleared_bits, observations)
VALUES ('Nguyễn Văn An', 'lá cây', 1, '2026-11-20', '2026-11-21', 2, 0, 5);

-- name: version_4
INSERT INTO sensor_status VALUES ('air-old', true, '2026-11-20', NULL);
INSERT INTO sensor_day VALUES ('air-old', '2026-11-20', 60, 1440, 144, 0.1, 3, 0, 1, 80, -70, '2026-11-20', '2026-11-21', now());

-- name: version_7
INSERT INTO sequence_hour VALUES (2, '2026-11-20 00:00+00', 6, 0, 0, '2026-11-20 00:00+00', 20, '2026-11-20 00:50+00', 24, 60, 6, 0, 130);

-- name: version_10
INSERT INTO counter VALUES (1, '2026-11-20', 5, NULL);

-- name: version_12
INSERT INTO parking_place VALUES ('ltk-01', 'hoan-kiem', 'hanoi', '{car}', '{}');
INSERT INTO place_closure VALUES ('ltk-01', '2026-11-20', '2026-11-21', 'works');
INSERT INTO tariff (version, zone, valid_from, document) VALUES ('old', 'hoan-kiem', '2026-01-01', '{}');
INSERT INTO right_specification VALUES ('month', 'permit', 'Tháng', 'Month', 'hoan-kiem', 'car', 1, 500000, '2026-01-01');
INSERT INTO assigned_right (id, channel, channel_reference, token, plate, vehicle, zone, valid_from, valid_to, amount, state)
VALUES (gen_random_uuid(), 'app', '1', 'r1', '30A12345', 'car', 'hoan-kiem', '2026-11-20', '2026-11-21', 25000, 'active');
INSERT INTO parking_session (id, token, mode, place_id, vehicle, zone, state)
VALUES ('00000000-0000-4000-8000-000000000001', 's1', 'prepaid', 'ltk-01', 'car', 'hoan-kiem', 'active');
INSERT INTO segment (session_id, n, kind, state, plate, bay_id, from_time, to_time, amount, due, tariff_version, made_by) VALUES
    ('00000000-0000-4000-8000-000000000001', 1, 'start', 'held', '30A12345', 'bay-old', '2026-11-20 01:00+00', '2026-11-20 02:00+00', 25000, 25000, 'old', 'driver'),
    ('00000000-0000-4000-8000-000000000001', 2, 'extension', 'awaiting_payment', '30A12345', 'bay-old', '2026-11-20 02:00+00', '2026-11-20 03:00+00', 60000, 35000,
     'old', 'driver');
INSERT INTO idempotency (scope, key, body_digest) VALUES ('sessions', 'k', 'x');
INSERT INTO consent (session_id, purpose, wording) VALUES ('00000000-0000-4000-8000-000000000001', 'pay', '1');
INSERT INTO sms_inbox (gateway_reference, answer, session_id) VALUES ('g1', 'ok', '00000000-0000-4000-8000-000000000001');

-- name: version_13
INSERT INTO wallet (id, token) VALUES ('00000000-0000-4000-8000-000000000004', 'w1');
INSERT INTO payment (id, reference, provider, purpose, session_id, segment_n, amount, refunded, state, provider_reference, expires_at)
VALUES ('00000000-0000-4000-8000-000000000002', 'ABCDEFGH', 'vnpay', 'session', '00000000-0000-4000-8000-000000000001', 1, 25000, 5000, 'refunded', '1', '2026-11-20 01:15+00');
INSERT INTO refund (id, payment_id, request_reference, destination, amount, reason, state)
VALUES ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002', 'ABCDEFGHR1', 'wallet', 5000, 'stopped', 'done');
INSERT INTO payment_event (payment_id, kind, outcome) VALUES ('00000000-0000-4000-8000-000000000002', 'callback', 'paid');
INSERT INTO credit_notice (adapter, digest, body) VALUES ('casso', 'x', 'y');
INSERT INTO credit (adapter, adapter_reference, notice_id, amount, content, account, credited_at, state)
VALUES ('casso', '1', 1, 7000, 'do xe', '1', '2026-11-20', 'unmatched');
INSERT INTO parked_money (provider, provider_reference, credit_id, amount, reason) VALUES ('casso', '1', 1, 7000, 'unmatched');
INSERT INTO ledger_account VALUES ('clearing:vnpay', 'clearing'), ('clearing:vietqr', 'clearing'), ('revenue:ltk-01', 'revenue'),
    ('refunds', 'refunds'), ('unmatched', 'unmatched'), ('wallet:00000000-0000-4000-8000-000000000004', 'wallet');
INSERT INTO ledger_transaction (key, description, entries, occurred_at) VALUES
    ('payment:00000000-0000-4000-8000-000000000002', 'paid', 2, '2026-11-20'), ('refund:00000000-0000-4000-8000-000000000003', 'refunded', 2, '2026-11-20'), ('parked:1', 'parked', 2, '2026-11-20');
INSERT INTO ledger_entry VALUES (1, 1, 'clearing:vnpay', 25000), (1, 2, 'revenue:ltk-01', -25000),
    (2, 1, 'refunds', 5000), (2, 2, 'wallet:00000000-0000-4000-8000-000000000004', -5000), (3, 1, 'clearing:vietqr', 7000), (3, 2, 'unmatched', -7000);
INSERT INTO receipt_series VALUES ('hanoi', 2026, 1);
INSERT INTO receipt VALUES ('hanoi-2026-000001', 'hanoi', 2026, 1, '00000000-0000-4000-8000-000000000002', '2026-11-20', 25000, '{}', 'x');
INSERT INTO invoice (id, payment_id, state, amount) VALUES (gen_random_uuid(), '00000000-0000-4000-8000-000000000002', 'queued', 25000);

-- name: version_16
INSERT INTO sms_outbox (id, kind, session_id, paid_until, created_at, send_by, changed_at)
VALUES (gen_random_uuid(), 'reminder', '00000000-0000-4000-8000-000000000001', '2026-11-20 02:00+00', now(), now(), now());

-- name: version_17
INSERT INTO parking_zone VALUES ('hoan-kiem', 'Hoàn Kiếm', 'Hoan Kiem');
INSERT INTO assigned_right
    (id, specification_id, months, channel, channel_reference, token, plate, vehicle, zone, valid_from, valid_to, amount, state)
VALUES (gen_random_uuid(), 'month', 1, 'cityhub', '2', 'r2', '30A12346', 'car', 'hoan-kiem', '2026-11-01', '2026-12-01', 500000, 'active');

-- name: version_19
INSERT INTO push_subscription (session_id, endpoint, p256dh, auth, language, created_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'https://push.example/1', 'x', 'y', 'vi', now());

-- name: version_20
INSERT INTO privacy_request (kind, subject, subject_token, asked_at, answer_by, do_by, done_at, made_by, found)
VALUES ('export', 'plate', 'x', now(), current_date, current_date, now(), 'an', '{}');

-- name: version_21
INSERT INTO observation_daily (datastream_id, day) VALUES (1, '2026-11-19 17:00+00');
INSERT INTO days_begun (until) VALUES ('2026-11-20 17:00+00');

-- name: version_22
INSERT INTO water_sample VALUES ('00000000-0000-4000-8000-000000000005', 'air-old', '2026-11-20', 'Lab', '1', 'lab', 'x', now());
INSERT INTO water_result VALUES ('00000000-0000-4000-8000-000000000005', 'ph', 0, 7.1, '=', 'TCVN', 'lab', NULL, now());

-- name: version_23
INSERT INTO air_forecast_model VALUES ('air-old', 'ridge', now(), '2026-10-01', '2026-11-01', 4, NULL, '{}', 'too_short');
INSERT INTO air_forecast VALUES ('air-old', now(), NULL, '[]', 'too_short');

-- name: version_24
INSERT INTO air_day VALUES (1, '2026-11-20', 24, 144, 30, 40, NULL, 0);

-- name: version_25
INSERT INTO person (name, role, password, must_change, created_at, last_seen_at) VALUES ('an', 'admin', 'x', false, now(), now());
INSERT INTO sign_in VALUES ('x', gen_random_uuid(), 1, true, 'Firefox', '127.0.0.1', now(), now(), NULL);
INSERT INTO api_key VALUES ('x', 'partner', '{observations:write}', now(), NULL, NULL, NULL);
INSERT INTO audit_entry (who, action, object) VALUES ('an', 'made', 'person:an');

-- name: version_26
INSERT INTO air_day VALUES (1, '2026-11-20', 24, 144, 30, 40, NULL, 0);

-- name: version_27
INSERT INTO place_day VALUES ('ltk-01', '2026-11-20', 1, 3, 7200, 50000, now());

-- name: version_28
INSERT INTO flood_forecast_model VALUES ('air-old', 'ridge', now(), '2026-10-01', '2026-11-01', NULL, '{}', 'too_short');

-- name: version_29
INSERT INTO flood_report VALUES ('00000000-0000-4000-8000-000000000005', 'air-old', 'dry', 0, '2026-11-20', 'staff', '1', 'x', now());
INSERT INTO flood_photo VALUES ('00000000-0000-4000-8000-000000000005', 'x', 'y', 10, 10, now());

-- name: version_30
INSERT INTO trouble_acknowledgement (subject, code, made_by, note, made_at, due_at) VALUES ('hub', 'lag', 'an', 'x', now(), now() + INTERVAL '1 day');
INSERT INTO sensor_maintenance (sensor_id, made_by, note, begins_at, ends_at) VALUES ('air-old', 'an', 'x', now(), now() + INTERVAL '1 day');

-- name: version_34
INSERT INTO known_browser (digest, person_id, known_at) VALUES ('x', 1, now());

-- name: version_35
INSERT INTO device_credential (sensor_id, mark, given_at, given_by) VALUES ('air-old', 'x', now(), 'an');

-- name: version_36
INSERT INTO person_identity VALUES ('https://city.example', 'x', 1, now());

-- name: version_37
INSERT INTO sensor_mapping (sensor_id, fields, made_by, why) VALUES ('air-old', NULL, 'an', 'x');

-- name: version_38
INSERT INTO console_batch VALUES (gen_random_uuid(), 'acknowledge', 'an', 'x', now(), 1, 0, NULL, NULL);
INSERT INTO console_reach VALUES (1, '{air}', '{}', '{}', now());

-- name: version_39
INSERT INTO device_said VALUES ('air-old', '1.2', 'power', 60, now());

-- name: version_41
INSERT INTO pgbackrest_report (told_at, info) VALUES (now(), '[]');

-- name: version_42
INSERT INTO ingest_minute VALUES (date_trunc('minute', now()), 'air', 1, 0, '{0}');

-- name: version_44
INSERT INTO ledger_day VALUES ('2026-11-20', 'clearing:vnpay', 'revenue:HN', false, 0, 0);

-- name: version_45
INSERT INTO sensor_listening (sensor_id, made_by, why, begins_at, ends_at) VALUES ('air-old', 'an', 'x', now(), now());
INSERT INTO raw_message (sensor_id, topic, payload, payload_bytes, retained, received_at) VALUES ('air-old', 'x', 'x', 1, false, now());

-- name: version_46
INSERT INTO privacy_breach (known_at, report_by, entered_at, entered_by, what, touched)
VALUES (now(), now() + INTERVAL '72 hours', now(), 'an', 'x', '{plates}');
