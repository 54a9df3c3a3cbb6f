-- Browsers that somebody came in with before: wrong passwords that strangers try do not keep them out.

CREATE TABLE known_browser (
    digest bytea NOT NULL,             -- of a cookie of its own
    person_id int NOT NULL REFERENCES person,
    known_at timestamptz NOT NULL,     -- came in last
    failures int NOT NULL DEFAULT 0,
    locked_until timestamptz,
    PRIMARY KEY (digest, person_id)
);
CREATE INDEX known_browser_person ON known_browser (person_id);

-- What is counted of names that nobody has, so that a wrong password takes the same work whoever is named.
CREATE TABLE nobody (
    bucket smallint PRIMARY KEY,
    failures int NOT NULL DEFAULT 0,
    locked_until timestamptz
);
INSERT INTO nobody (bucket) SELECT generate_series(0, 255);
