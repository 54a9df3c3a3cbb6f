-- Where a payer who comes back from a provider is sent on to: an app that sells the hub's time.
ALTER TABLE payment ADD COLUMN return_url text CHECK (length(return_url) <= 500);
