-- A review asks for the corrections that reach into its last hours (neighbours.sql): nearly all others ended before.
CREATE INDEX correction_end_time ON correction (end_time);
