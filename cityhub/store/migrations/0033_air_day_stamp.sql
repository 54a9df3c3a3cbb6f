-- Days of the air are kept by what the catalogue says of their station (how it stamps its hours): said otherwise, they are made
-- anew.
CREATE FUNCTION air_days_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM air_day d USING datastream s WHERE s.id = d.datastream_id AND s.sensor_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER air_days_follow AFTER UPDATE OF attributes ON sensor
    FOR EACH ROW WHEN (NEW.kind = 'air' AND NEW.attributes IS DISTINCT FROM OLD.attributes)
    EXECUTE FUNCTION air_days_follow();
