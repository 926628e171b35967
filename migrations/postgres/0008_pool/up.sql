-- One index by unit and random key instead of two: see the migration of the embedded store, where the table itself
-- has that order.
ALTER TABLE responses DROP CONSTRAINT responses_pkey;
ALTER TABLE responses ADD PRIMARY KEY (round, audience, agency, key);
DROP INDEX responses_unit;
