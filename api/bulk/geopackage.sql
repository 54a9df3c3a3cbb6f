-- name: create
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT
);
INSERT INTO gpkg_spatial_ref_sys VALUES
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
    ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]', 'longitude, latitude');
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name), UNIQUE (table_name),
    FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
    FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE sensors (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, sensor_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    name_en TEXT NOT NULL, basis TEXT NOT NULL, illustrative BOOLEAN NOT NULL, geom POINT
);
CREATE TABLE readings (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, time TEXT NOT NULL, sensor_id TEXT NOT NULL, property TEXT NOT NULL,
    unit TEXT NOT NULL, value DOUBLE NOT NULL, quality TEXT
);
CREATE VIEW observations AS
SELECT r.fid AS OGC_FID, r.time, r.sensor_id, r.property, r.unit, r.value, r.quality, s.geom
FROM readings r JOIN sensors s ON s.sensor_id = r.sensor_id;
INSERT INTO gpkg_geometry_columns VALUES
    ('observations', 'geom', 'POINT', 4326, 0, 0), ('sensors', 'geom', 'POINT', 4326, 0, 0)

-- name: sensor
INSERT INTO sensors (sensor_id, name, name_en, basis, illustrative, geom) VALUES (?, ?, ?, ?, ?, ?)

-- name: reading
INSERT INTO readings (time, sensor_id, property, unit, value, quality) VALUES (?, ?, ?, ?, ?, ?)

-- name: layer
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 4326)
