-- The public scorecard is off unless a round stands here. Agencies stand on it by name only when they agreed for that round.
CREATE TABLE scorecards (
    round TEXT NOT NULL PRIMARY KEY REFERENCES rounds (id),
    licence TEXT NOT NULL,
    shown_at BIGINT NOT NULL
);
CREATE TABLE scorecard_agencies (
    round TEXT NOT NULL REFERENCES scorecards (round),
    agency TEXT NOT NULL REFERENCES agencies (code),
    agreed_by TEXT NOT NULL,
    PRIMARY KEY (round, agency)
);
CREATE INDEX scorecard_agencies_agency ON scorecard_agencies (agency);
-- A page reads one cut of all units, out of a hundred thousand figures of a round with many agencies.
CREATE INDEX figures_cut ON figures (round, revision, cut_segment, cut_option, subject_kind);
