-- What each program may do, as grants to its role. Whatever a role was granted before and is not here is taken away.

-- name: existing
SELECT rolname FROM pg_roles WHERE rolname = ANY(%(names)s)

-- name: owner
SELECT current_user

-- name: close_schema
-- Nobody else may put anything where names are looked up. So it is from PostgreSQL 15 on by itself.
REVOKE CREATE ON SCHEMA public FROM PUBLIC

-- name: take_away
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role};
REVOKE ALL ON FUNCTION remove_raw FROM {role};
REVOKE ALL ON FUNCTION replay_quarantine FROM {role};
REVOKE ALL ON FUNCTION person_of_identity FROM {role}

-- name: storing
-- Observations are stored and flagged, never rewritten or removed. Who may update columns cannot lock the whole table.
GRANT SELECT ON schema_migration, sensor, sensor_mapping, datastream, latest, observation, observation_hourly, observation_daily TO {role};
GRANT INSERT (sensor_id, property, unit), UPDATE (unit) ON datastream TO {role};
GRANT INSERT, UPDATE (time, value, quality, judged_time, judged_value, since, readings, believed_time, believed_value,
    revision, stored_at) ON latest TO {role};
-- What days were made of is forgotten when an hour of theirs changes; jobs make it anew.
GRANT SELECT, DELETE ON air_day TO {role};
GRANT INSERT, UPDATE (quality) ON observation TO {role};
GRANT INSERT, UPDATE (n, sum, min, max, n_rejected) ON observation_hourly TO {role};
GRANT INSERT (datastream_id, day), UPDATE (is_stale) ON observation_daily TO {role};
GRANT SELECT, INSERT, UPDATE (time, total, before_reset) ON counter TO {role};
-- Flags that are set as readings come are on record too. A record is added and never changed, and the server says when it
-- was made; what people wrote is not for whoever only stores.
GRANT SELECT (datastream_id, start_time, end_time, cleared_bits),
    INSERT (made_by, reason, datastream_id, start_time, end_time, set_bits, cleared_bits, observations)
    ON correction TO {role}

-- name: ingest
-- Of the quarantine it reads how large it is, which takes the right to its texts.
GRANT SELECT, INSERT, UPDATE (n, last_received_at) ON quarantine TO {role};
GRANT SELECT, INSERT, UPDATE (online, told_at, goodbye_time) ON sensor_status TO {role};
GRANT SELECT, INSERT, UPDATE (firmware, reset, uptime_s, told_at) ON device_said TO {role};
GRANT SELECT, INSERT, UPDATE (messages, refused, lags) ON ingest_minute TO {role};
-- What it keeps of sensors to which somebody listens it counts and shortens, and does not read.
GRANT SELECT (sensor_id, ends_at) ON sensor_listening TO {role};
GRANT SELECT (id, sensor_id), INSERT (sensor_id, topic, payload, payload_bytes, retained, received_at), DELETE
    ON raw_message TO {role}

-- name: api
-- What is published, and of background work only when it was last seen.
GRANT SELECT ON place, area_set, area, sensor_area, place_area, area_set_shown, sensor_areas, place_areas, correction,
    sensor_status, sensor_day, sequence_hour, days_begun TO {role};
-- Water samples are added, and corrected by adding.
GRANT SELECT, INSERT ON water_sample, water_result, flood_report, flood_photo TO {role};
GRANT SELECT ON air_forecast_model, air_forecast, flood_forecast_model TO {role};
GRANT SELECT (last_heartbeat) ON procrastinate_workers TO {role};
GRANT SELECT (defer_timestamp) ON procrastinate_periodic_defers TO {role};
-- Operators register sensors, say anew where one stands and how often it reports, and write down what devices call things.
-- Nothing of it is removed but the area that a sensor lay in, and what kind a sensor is stays.
GRANT INSERT (id, kind, name_vi, name_en, lon, lat, basis, basis_note, interval_s, place_id, capacity, illustrative, listed,
    attributes, registered_by), UPDATE (name_vi, name_en, lon, lat, basis, basis_note, interval_s, place_id, capacity,
    illustrative, registered_by) ON sensor TO {role};
GRANT INSERT (sensor_id, fields, made_by, why) ON sensor_mapping TO {role};
GRANT INSERT, UPDATE (area_id), DELETE ON sensor_area TO {role};
-- They register parking places, too, which they neither change nor remove.
GRANT INSERT (id, name_vi, name_en, lon, lat, basis, basis_note, capacity, illustrative, attributes, registered_by)
    ON place TO {role};
GRANT INSERT ON parking_place, place_area TO {role}

-- name: money
-- Parking and its payments: by drivers through the API, and by jobs that ask providers and remind drivers. The books are
-- only added to, a tariff is read, a segment changes when its payment comes and when its plate is erased.
GRANT SELECT ON place, place_areas, parking_place, parking_zone, place_closure, tariff, right_specification TO {role};
GRANT SELECT, INSERT, UPDATE (state, pay_by, withdrawn_at, plate, plate_token) ON assigned_right TO {role};
GRANT SELECT, INSERT, UPDATE ON parking_session, idempotency, payment, refund, credit, parked_money,
    receipt_series, invoice TO {role};
GRANT SELECT, INSERT, UPDATE (state, plate, plate_token) ON segment TO {role};
GRANT SELECT, INSERT, UPDATE (answer, session_id) ON sms_inbox TO {role};
GRANT SELECT, INSERT, UPDATE (state, phone, phone_token, text, changed_at) ON sms_outbox TO {role};
GRANT SELECT, INSERT, UPDATE (p256dh, auth, language, reminded_until) ON push_subscription TO {role};
GRANT SELECT, INSERT ON consent, payment_event, credit_notice, ledger_account, ledger_transaction,
    ledger_entry, receipt TO {role};
GRANT DELETE ON idempotency TO {role};
GRANT SELECT, INSERT (id, token) ON wallet TO {role}

-- name: people
-- Inspectors and finance read what is paid and what places earned.
GRANT SELECT ON place_day, ledger_now, earned_day TO {role};
-- Who works with the hub comes in, and changes their own password and second factor. Who may come in at all the owner says.
GRANT SELECT, UPDATE (password, must_change, totp_secret, totp_step, recovery, failures, locked_until, last_seen_at)
    ON person TO {role};
GRANT SELECT, INSERT, UPDATE (digest, last_seen_at, ended_at) ON sign_in TO {role};
GRANT SELECT, INSERT, DELETE, UPDATE (digest, known_at, failures, locked_until) ON known_browser TO {role};
GRANT SELECT, UPDATE (failures, locked_until) ON nobody TO {role};
-- Whom the city's provider knows is let in with the role that it gives: by this way alone the API makes people.
GRANT SELECT ON person_identity, hub_key TO {role};
GRANT EXECUTE ON FUNCTION person_of_identity TO {role};
GRANT SELECT, UPDATE (last_used_at) ON api_key TO {role};
GRANT SELECT, INSERT (who, action, object, before, after, why) ON audit_entry TO {role};
-- Operations take note of trouble and silence what is being repaired; nobody removes that.
GRANT SELECT, INSERT, UPDATE (undone_at, undone_by) ON trouble_acknowledgement TO {role};
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON sensor_maintenance TO {role};
-- They see since when a sensor has its password, which only the owner gives.
GRANT SELECT ON device_credential, device_said, ingest_minute TO {role};
-- They listen to a sensor, whose messages are then kept, and read those.
GRANT SELECT, INSERT, UPDATE (ends_at) ON sensor_listening TO {role};
GRANT SELECT ON raw_message TO {role};
GRANT SELECT, INSERT, UPDATE (undone_at, undone_by) ON console_batch TO {role};
GRANT SELECT, INSERT, UPDATE (kinds, codes, areas, changed_at), DELETE ON console_reach TO {role};
-- They see what was refused and what background work gave up, and have the quarantine read once more.
GRANT SELECT ON quarantine, procrastinate_events TO {role};
GRANT SELECT (id, task_name, status, attempts) ON procrastinate_jobs TO {role};
GRANT EXECUTE ON FUNCTION replay_quarantine TO {role};
-- They are reminded of breaches that nobody was told of, and of backups; what happened only the owner reads.
GRANT SELECT (known_at, entered_at, report_by, touched, authority_told_at, persons_told_at, closed_at) ON privacy_breach TO {role};
GRANT SELECT ON pgbackrest_report TO {role}

-- name: jobs
-- Who was not seen for long is shut out, which the trail says.
GRANT SELECT (id, name, last_seen_at, disabled_at), UPDATE (disabled_at) ON person TO {role};
GRANT SELECT (began_at), DELETE ON sign_in TO {role};
GRANT SELECT (known_at), DELETE ON known_browser TO {role};
GRANT SELECT (minute), DELETE ON ingest_minute TO {role};
GRANT SELECT (received_at), DELETE ON raw_message TO {role};
GRANT INSERT (who, action, object, before, after, why) ON audit_entry TO {role};
GRANT INSERT, UPDATE ON air_day TO {role};
GRANT UPDATE (days_until) ON latest TO {role};
GRANT SELECT (received_at), DELETE ON flood_photo TO {role};
GRANT DELETE ON sms_inbox, sms_outbox, push_subscription TO {role};
GRANT SELECT, INSERT, UPDATE ON place_day, ledger_day TO {role};
GRANT SELECT, DELETE ON ledger_uncounted TO {role};
GRANT SELECT ON ledger_pair, ledger_now TO {role};
GRANT UPDATE (closed) ON observation_hourly TO {role};
GRANT UPDATE ON observation_daily TO {role};
GRANT SELECT, INSERT, UPDATE ON days_begun TO {role};
GRANT SELECT ON correction TO {role};
GRANT SELECT, INSERT, UPDATE ON sensor_status, device_said, sensor_day TO {role};
GRANT SELECT, INSERT, UPDATE ON air_forecast_model, air_forecast, flood_forecast_model TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON quarantine, sequence_hour TO {role};
GRANT EXECUTE ON FUNCTION remove_raw TO {role};
GRANT SELECT ON job_queue_migration, pgbackrest_report TO {role};
GRANT SELECT (known_at, touched, authority_told_at, persons_told_at, closed_at) ON privacy_breach TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON procrastinate_jobs, procrastinate_events, procrastinate_workers, procrastinate_periodic_defers TO {role};
GRANT USAGE
    ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_periodic_defers_id_seq TO {role}
