-- Who registered a parking place at /ops/new/place; null: it came from the catalogue's files, which change it.
ALTER TABLE place ADD COLUMN registered_by text CHECK (length(registered_by) <= 100);
