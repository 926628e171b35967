-- Whether whoever wrote it agreed that it may be shown without a name. Of what is there nobody was asked.
ALTER TABLE comments ADD COLUMN may_show BOOLEAN NOT NULL DEFAULT FALSE;

-- What a person decided about a comment after the seal: `released` is the text that may be shown, after the scrub; none when
-- it stays withheld. Not when, and not by whom: the audit log counts.
CREATE TABLE comment_decisions (
    comment BLOB NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL,
    item TEXT NOT NULL,
    released TEXT,
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
) WITHOUT ROWID;
CREATE INDEX comment_decisions_unit ON comment_decisions (round, audience, agency);
