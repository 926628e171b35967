CREATE TABLE responses_by_key (
    key BLOB NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL,
    person TEXT,
    answers BLOB NOT NULL,
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
) WITHOUT ROWID;
INSERT INTO responses_by_key (key, round, audience, agency, person, answers)
    SELECT key, round, audience, agency, person, answers FROM responses ORDER BY key;
DROP TABLE responses;
ALTER TABLE responses_by_key RENAME TO responses;
CREATE INDEX responses_unit ON responses (round, audience, agency);
