-- How many messages ingest took, by minute and kind, for the console: figures to look at, not an account. `lags` counts by
-- class how old readings were when they were stored (cityhub/ops/rates.py).
CREATE TABLE ingest_minute (
    minute timestamptz NOT NULL,
    kind text NOT NULL,
    messages int NOT NULL CHECK (messages >= 0),
    refused int NOT NULL CHECK (refused >= 0),
    lags int[] NOT NULL,
    PRIMARY KEY (minute, kind)
);
