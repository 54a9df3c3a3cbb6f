-- What was learnt of the past of each point (cityhub/flood/forecast_training.py).
CREATE TABLE flood_forecast_model (
    sensor_id text PRIMARY KEY REFERENCES sensor,
    name text NOT NULL,                -- what kind of model; one of another name is made anew
    trained_at timestamptz NOT NULL,
    start_time timestamptz NOT NULL,   -- the time it was learnt from, half-open
    end_time timestamptz NOT NULL,
    horizons jsonb,                    -- NULL: there is nothing to tell, `why` says why
    tried jsonb NOT NULL,              -- with the errors of all that were tried
    why text,
    CONSTRAINT flood_forecast_model_why CHECK ((horizons IS NULL) = (why IS NOT NULL))
);
