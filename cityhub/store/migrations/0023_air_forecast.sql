-- What was learnt of each air station's past (cityhub/air/forecast_training.py), and what it says about the next hours.

CREATE TABLE air_forecast_model (
    sensor_id text PRIMARY KEY REFERENCES sensor,
    name text NOT NULL,                -- what kind of model; one of another name is made anew
    trained_at timestamptz NOT NULL,
    start_time timestamptz NOT NULL,   -- the hours it was learnt from, half-open
    end_time timestamptz NOT NULL,
    weeks int NOT NULL,                -- that it had not seen and was tried on
    coefficients jsonb,                -- NULL: there is nothing to tell, `why` says why
    skill jsonb NOT NULL,              -- by hours ahead
    why text,
    CONSTRAINT air_forecast_model_why CHECK ((coefficients IS NULL) = (why IS NOT NULL))
);

CREATE TABLE air_forecast (
    sensor_id text PRIMARY KEY REFERENCES sensor,
    made_at timestamptz NOT NULL,
    issued timestamptz,                -- the end of the hour that it was told from
    hours jsonb NOT NULL,
    why text,
    CONSTRAINT air_forecast_why CHECK ((issued IS NULL) = (why IS NOT NULL))
);
