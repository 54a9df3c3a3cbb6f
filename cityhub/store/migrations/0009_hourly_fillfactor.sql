-- The hour that passes is added to several times a second: with room on its page a new version of its row needs no new
-- entry in the index.
ALTER TABLE observation_hourly SET (fillfactor = 70);
