-- The highest 8-hour mean, of ozone for its index and of CO for its limit (QCVN 05:2023/BTNMT). Days are made again.
DELETE FROM air_day;
ALTER TABLE air_day RENAME COLUMN ozone TO eight_hours;
ALTER TABLE air_day RENAME COLUMN ozone_hours TO eight_hours_of;
