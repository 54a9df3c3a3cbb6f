-- Retention closes the hours whose raw rows it removed: what comes again for them must not be added a second time.
ALTER TABLE observation_hourly ADD COLUMN closed boolean NOT NULL DEFAULT false;
