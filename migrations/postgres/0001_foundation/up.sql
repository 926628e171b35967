-- The whole path: surveys, agencies, rounds, invitations, responses, results, people who sign in.
-- Instants are milliseconds since 1970 (BIGINT), documents are TEXT (a jsonb would reorder keys and
-- change digests), flags are BOOLEAN. Every foreign key is indexed. See migrations/README.md.

CREATE TABLE surveys (
    id TEXT NOT NULL PRIMARY KEY
);

-- One immutable published state of a survey. `definition` is the canonical JSON whose SHA-256 is `digest`.
CREATE TABLE survey_versions (
    survey TEXT NOT NULL REFERENCES surveys (id),
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    definition TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (survey, number),
    UNIQUE (survey, digest)
);

-- The not yet published next version: whatever the designer typed last, valid or not.
CREATE TABLE survey_drafts (
    survey TEXT NOT NULL PRIMARY KEY,
    definition TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);

-- `cluster` names the group in which an agency too small to stand alone is always reported.
CREATE TABLE agencies (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    parent TEXT REFERENCES agencies (code),
    cluster TEXT
);
CREATE INDEX agencies_parent ON agencies (parent);

-- Renamed, merged, split: what happened to whom, and when. `happened_on` is an ISO date.
CREATE TABLE agency_events (
    id TEXT NOT NULL PRIMARY KEY,
    happened_on TEXT NOT NULL,
    kind TEXT NOT NULL,
    predecessor TEXT NOT NULL REFERENCES agencies (code),
    successor TEXT NOT NULL REFERENCES agencies (code),
    note TEXT NOT NULL
);
CREATE INDEX agency_events_predecessor ON agency_events (predecessor);
CREATE INDEX agency_events_successor ON agency_events (successor);

-- `promise` is canonical JSON, written when the round opens and never after; `promise_digest` is its SHA-256.
CREATE TABLE rounds (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    survey TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    threshold INTEGER NOT NULL,
    least_change DOUBLE PRECISION NOT NULL,
    opens_at BIGINT,
    closes_at BIGINT,
    opened_at BIGINT,
    closed_at BIGINT,
    sealed_at BIGINT,
    published_at BIGINT,
    promise TEXT,
    promise_digest TEXT,
    FOREIGN KEY (survey, version) REFERENCES survey_versions (survey, number)
);
CREATE INDEX rounds_version ON rounds (survey, version);
CREATE INDEX rounds_state ON rounds (state);

CREATE TABLE audiences (
    round TEXT NOT NULL REFERENCES rounds (id),
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    mode TEXT NOT NULL,
    PRIMARY KEY (round, name)
);

-- Frozen when the round opens: how many people of each agency were invited.
CREATE TABLE headcounts (
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    people INTEGER NOT NULL,
    PRIMARY KEY (round, audience, agency),
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX headcounts_agency ON headcounts (agency);

-- One person's right to one response. `code_hash` is the SHA-256 of the invitation code, the only form in
-- which it is stored; it is also the physical order of the table, so that row order says nothing.
-- `used` is a flag without a time. `submission_key` is the hash of the idempotency key that used it.
CREATE TABLE invitations (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    segments TEXT NOT NULL,
    used BOOLEAN NOT NULL,
    submission_key BYTEA,
    UNIQUE (round, audience, person),
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX invitations_agency ON invitations (agency);

-- Where an acknowledged response lands. Anonymous ones stay here only until the next mix.
CREATE TABLE intake (
    key BYTEA NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL,
    answers BYTEA NOT NULL,
    written TEXT NOT NULL,
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX intake_unit ON intake (round, audience, agency);

-- The pool: what is sealed. `answers` is the packed record of src/collect/packed.rs. `person` is set
-- for attributed audiences only. No time, no sequence, no address, no invitation.
CREATE TABLE responses (
    key BYTEA NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL,
    person TEXT,
    answers BYTEA NOT NULL,
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX responses_unit ON responses (round, audience, agency);

-- What people wrote in their own words, apart from the ratings, under a random key of its own.
CREATE TABLE comments (
    key BYTEA NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL,
    person TEXT,
    item TEXT NOT NULL,
    text TEXT NOT NULL,
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX comments_unit ON comments (round, audience, agency);

-- A sealed result: immutable. A correction is a new revision that says why.
CREATE TABLE seals (
    round TEXT NOT NULL REFERENCES rounds (id),
    revision INTEGER NOT NULL,
    digest TEXT NOT NULL,
    inputs_digest TEXT NOT NULL,
    document TEXT NOT NULL,
    sealed_at BIGINT NOT NULL,
    reason TEXT,
    PRIMARY KEY (round, revision)
);

-- The figures of a seal: one row per unit (state, cluster, agency) and subject (index, dimension, item, ...).
-- `figure` is the protected figure as JSON: nothing withheld is in it.
CREATE TABLE figures (
    round TEXT NOT NULL,
    revision INTEGER NOT NULL,
    audience TEXT NOT NULL,
    unit_kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    figure TEXT NOT NULL,
    PRIMARY KEY (round, revision, audience, unit_kind, unit, subject_kind, subject),
    FOREIGN KEY (round, revision) REFERENCES seals (round, revision)
);
CREATE INDEX figures_unit ON figures (unit_kind, unit, subject_kind, subject);

-- Published figures of an earlier tool, imported: shown as published, never tested.
CREATE TABLE past_figures (
    series TEXT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    published_on TEXT NOT NULL,
    kind TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    n INTEGER,
    people INTEGER,
    response_rate DOUBLE PRECISION,
    standard_error DOUBLE PRECISION,
    break_before TEXT,
    source TEXT NOT NULL,
    PRIMARY KEY (series, agency, subject, period)
);
CREATE INDEX past_figures_agency ON past_figures (agency, subject);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- `agency` is empty for roles that are not bound to one (a primary key cannot hold NULL).
CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    agency TEXT NOT NULL,
    PRIMARY KEY (user_id, role, agency)
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    refresh_hash BYTEA NOT NULL UNIQUE,
    previous_hash BYTEA,
    refreshed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked BOOLEAN NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_previous ON sessions (previous_hash);

-- Who did what. Staff actions only: nothing a respondent does is ever written here.
CREATE TABLE audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_log_at ON audit_log (at);
