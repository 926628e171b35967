CREATE INDEX responses_unit ON responses (round, audience, agency);
ALTER TABLE responses DROP CONSTRAINT responses_pkey;
ALTER TABLE responses ADD PRIMARY KEY (key);
