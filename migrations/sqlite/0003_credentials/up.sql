-- Unlinkable credentials: which keys a round signs with, who claimed one, which tokens were spent. See docs/anonymity.md.

-- Written when the round opens and never after: canonical JSON whose SHA-256 is `digest`.
CREATE TABLE manifests (
    round TEXT NOT NULL PRIMARY KEY REFERENCES rounds (id),
    digest TEXT NOT NULL,
    document TEXT NOT NULL
);

-- One key for each unit of at least 20 invited people. `key_id` is the SHA-256 of `public_key` (SubjectPublicKeyInfo).
-- `private_key` is encrypted under a key from the configuration, and NULL once the round is closed. Responses of
-- the unit are filed under `agency`, its first. The three counts are written at close.
CREATE TABLE credential_keys (
    key_id BLOB NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    unit TEXT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    public_key BLOB NOT NULL,
    private_key BLOB,
    claimed INTEGER,
    received INTEGER,
    responses INTEGER,
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX credential_keys_audience ON credential_keys (round, audience);
CREATE INDEX credential_keys_agency ON credential_keys (agency);

-- Which key signs for whom.
CREATE TABLE credential_units (
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    key_id BLOB NOT NULL REFERENCES credential_keys (key_id),
    PRIMARY KEY (round, audience, agency),
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX credential_units_agency ON credential_units (agency);
CREATE INDEX credential_units_key ON credential_units (key_id);

-- Invitations with which a credential was claimed, until the round closes. `blinded` is the SHA-256 of the blinded
-- message: the same one again gets the same `signature`. Neither says which token came of it.
CREATE TABLE claims (
    code_hash BLOB NOT NULL PRIMARY KEY,
    key_id BLOB NOT NULL REFERENCES credential_keys (key_id),
    blinded BLOB NOT NULL,
    signature BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX claims_key ON claims (key_id);

-- Tokens that were spent. `key_id` goes at close. `mark` recognises a repeated submission and goes at seal.
CREATE TABLE spent_tokens (
    token BLOB NOT NULL PRIMARY KEY,
    round TEXT NOT NULL REFERENCES rounds (id),
    key_id BLOB REFERENCES credential_keys (key_id),
    mark BLOB
) WITHOUT ROWID;
CREATE INDEX spent_tokens_round ON spent_tokens (round);
CREATE INDEX spent_tokens_key ON spent_tokens (key_id);
