-- Areas of several levels instead of districts, in sets of one validity each (docs/data.md, Areas).
CREATE FUNCTION area_level_number(level text) RETURNS int
LANGUAGE sql IMMUTABLE AS $$ SELECT array_position(ARRAY['province', 'district', 'ward', 'quarter'], level) $$;

CREATE TABLE area_set (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    level text NOT NULL CHECK (area_level_number(level) IS NOT NULL),
    valid_from date, -- first day; NULL: unknown
    valid_to date,   -- last day; NULL: until further notice
    source text NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    CHECK (valid_from <= valid_to),
    CONSTRAINT area_set_one_a_day EXCLUDE USING gist (
        int4range(area_level_number(level), area_level_number(level), '[]') WITH &&,
        daterange(valid_from, valid_to, '[]') WITH &&
    )
);

CREATE TABLE area (
    set_id int NOT NULL REFERENCES area_set ON DELETE CASCADE,
    id text NOT NULL CHECK (id ~ '^[a-z0-9-]{3,100}$'),
    code text,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    full_name_vi text NOT NULL,
    full_name_en text NOT NULL,
    geometry jsonb NOT NULL, -- GeoJSON, WGS84, exact
    outline jsonb NOT NULL,  -- the same, simplified for maps
    PRIMARY KEY (set_id, id)
);
CREATE INDEX area_id ON area (id);

CREATE TABLE sensor_area (
    sensor_id text NOT NULL REFERENCES sensor ON DELETE CASCADE,
    set_id int NOT NULL,
    area_id text NOT NULL,
    PRIMARY KEY (sensor_id, set_id),
    FOREIGN KEY (set_id, area_id) REFERENCES area (set_id, id) ON DELETE CASCADE
);
CREATE INDEX sensor_area_area ON sensor_area (set_id, area_id);

CREATE TABLE place_area (
    place_id text NOT NULL REFERENCES place ON DELETE CASCADE,
    set_id int NOT NULL,
    area_id text NOT NULL,
    PRIMARY KEY (place_id, set_id),
    FOREIGN KEY (set_id, area_id) REFERENCES area (set_id, id) ON DELETE CASCADE
);
CREATE INDEX place_area_area ON place_area (set_id, area_id);

-- Of each level the set in force today, else the one that ended last, else the next to begin
-- (cityhub/catalogue/areas.py, shown).
CREATE VIEW area_set_shown AS
SELECT DISTINCT ON (level) id, level, valid_from, valid_to
FROM area_set, (SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day) AS today
ORDER BY level, daterange(valid_from, valid_to, '[]') @> day DESC, coalesce(valid_to < day, false) DESC,
         CASE WHEN valid_to < day THEN valid_to END DESC, valid_from;

CREATE VIEW sensor_areas AS
SELECT i.sensor_id, jsonb_object_agg(s.level, jsonb_build_object(
           'id', a.id, 'name', a.name_vi, 'name_en', a.name_en,
           'full_name', a.full_name_vi, 'full_name_en', a.full_name_en, 'valid_to', s.valid_to)) AS areas
FROM sensor_area i
JOIN area_set_shown s ON s.id = i.set_id
JOIN area a ON a.set_id = i.set_id AND a.id = i.area_id
GROUP BY i.sensor_id;

CREATE VIEW place_areas AS
SELECT i.place_id, jsonb_object_agg(s.level, jsonb_build_object(
           'id', a.id, 'name', a.name_vi, 'name_en', a.name_en,
           'full_name', a.full_name_vi, 'full_name_en', a.full_name_en, 'valid_to', s.valid_to)) AS areas
FROM place_area i
JOIN area_set_shown s ON s.id = i.set_id
JOIN area a ON a.set_id = i.set_id AND a.id = i.area_id
GROUP BY i.place_id;

-- What was imported as districts. A file of wards keeps its ranks in the names; Hanoi's thirty districts ended with
-- June 2025.
CREATE TEMPORARY TABLE carried ON COMMIT DROP AS
SELECT d.*,
       CASE WHEN d.name_vi ~* '^(phường|xã|thị trấn|đặc khu)\s' THEN 'ward' ELSE 'district' END AS level,
       d.id IN (
           'ba-dinh', 'ba-vi', 'bac-tu-liem', 'cau-giay', 'chuong-my', 'dan-phuong', 'dong-anh', 'dong-da', 'gia-lam',
           'ha-dong', 'hai-ba-trung', 'hoai-duc', 'hoan-kiem', 'hoang-mai', 'long-bien', 'me-linh', 'my-duc',
           'nam-tu-liem', 'phu-xuyen', 'phuc-tho', 'quoc-oai', 'soc-son', 'son-tay', 'tay-ho', 'thach-that',
           'thanh-oai', 'thanh-tri', 'thanh-xuan', 'thuong-tin', 'ung-hoa'
       ) AS of_old_hanoi
FROM district d;

INSERT INTO area_set (level, valid_to, source)
SELECT level, CASE WHEN level = 'district' AND 2 * count(*) FILTER (WHERE of_old_hanoi) >= count(*) THEN
           DATE '2025-06-30' END,
       'imported as districts'
FROM carried
GROUP BY level;

INSERT INTO area (set_id, id, name_vi, name_en, full_name_vi, full_name_en, geometry, outline)
SELECT s.id, c.level || '-' || c.id, regexp_replace(c.name_vi, pattern, '', 'i'),
       regexp_replace(c.name_en, '^(phuong|xa|thi tran|dac khu)\s+(?=\S)', '', 'i'),
       c.name_vi, c.name_en, c.geometry, c.outline
FROM carried c
JOIN area_set s ON s.level = c.level
CROSS JOIN (SELECT '^(phường|xã|thị trấn|đặc khu)\s+(?=\S)' AS pattern) AS ranks;

INSERT INTO sensor_area (sensor_id, set_id, area_id)
SELECT n.id, s.id, c.level || '-' || c.id
FROM sensor n JOIN carried c ON c.id = n.district_id JOIN area_set s ON s.level = c.level;

INSERT INTO place_area (place_id, set_id, area_id)
SELECT p.id, s.id, c.level || '-' || c.id
FROM place p JOIN carried c ON c.id = p.district_id JOIN area_set s ON s.level = c.level;

ALTER TABLE sensor DROP COLUMN district_id;
ALTER TABLE place DROP COLUMN district_id;
DROP TABLE district;
