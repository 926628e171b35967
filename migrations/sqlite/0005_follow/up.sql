-- What leaves the house (mail, webhooks), and answering back (follow-ups, commitments, meetings, service levels).

-- One step of inviting an audience (step 0: the invitation, 1 and on: reminders), or one week's mail to staff.
-- `id` says which, so that a step exists once: `partnership-2026/staff/0`, `week/2026-W47`.
-- `state`: planned, filled (a row of `mails` stands for everybody it goes to), dropped.
-- `people`: to how many it goes at the most, as far as that may be told.
CREATE TABLE mailings (
    id TEXT NOT NULL PRIMARY KEY,
    round TEXT,
    audience TEXT,
    step INTEGER NOT NULL,
    send_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    people INTEGER,
    ordered_by TEXT NOT NULL,
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX mailings_audience ON mailings (round, audience);
CREATE INDEX mailings_planned ON mailings (send_at) WHERE state = 'planned';

-- One person's copy of a mailing: `person` is the roster's, or the id of a user. It never holds a link or a text:
-- those are made when it is sent, from `seed` (drawn at the first attempt; the stable Message-ID comes from it, too).
-- `state`: waiting, sending, sent, bounced, refused, given-up, needless. `due_at` of a waiting mail is its next
-- attempt; of one that is being sent it is the time from which another sender may take it over.
CREATE TABLE mails (
    mailing TEXT NOT NULL REFERENCES mailings (id),
    person TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    begun_at BIGINT,
    seed BLOB,
    told TEXT NOT NULL,
    PRIMARY KEY (mailing, person)
) WITHOUT ROWID;
CREATE INDEX mails_due ON mails (due_at) WHERE state IN ('waiting', 'sending');

-- From which the links of somebody are made again for a reminder: together with the secret of the installation
-- `seed` gives the invitation code, alone it gives nothing. Erased when the round is no longer open.
-- `stop_hash` is the SHA-256 of the code in "no more reminders"; it stays, so that the link keeps working.
CREATE TABLE mailed_links (
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    person TEXT NOT NULL,
    seed BLOB,
    stop_hash BLOB NOT NULL UNIQUE,
    PRIMARY KEY (round, audience, person),
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
) WITHOUT ROWID;

-- Addresses to which no reminder goes, in lower case. `reason`: unsubscribed, bounced.
CREATE TABLE mail_stops (
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (address, reason)
);

-- Other systems that are told of events. The key that signs is derived from the secret of the installation and the id.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    disabled BOOLEAN NOT NULL
);

-- One event for one webhook. `id` is its `webhook-id`. `state`: waiting, sending, delivered, given-up.
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhooks (id),
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    told TEXT NOT NULL,
    UNIQUE (webhook, event, subject)
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state IN ('waiting', 'sending');

-- When a named answer is followed up, by round. `made_at`: when the follow-ups were made; nothing changes after.
CREATE TABLE follow_rules (
    round TEXT NOT NULL PRIMARY KEY REFERENCES rounds (id),
    low_score DOUBLE NOT NULL,
    days INTEGER NOT NULL,
    made_at BIGINT
);

-- A named response that is owed a reply. `reason`: low-score, contact. `items`: JSON list of item ids.
-- `due_on` is an ISO date. `state`: open, in-progress, done, dropped.
CREATE TABLE follow_ups (
    id TEXT NOT NULL PRIMARY KEY,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    items TEXT NOT NULL,
    owner TEXT REFERENCES users (id),
    state TEXT NOT NULL,
    due_on TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    first_reply_at BIGINT,
    UNIQUE (round, audience, person),
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
);
CREATE INDEX follow_ups_agency ON follow_ups (agency);
CREATE INDEX follow_ups_owner ON follow_ups (owner);

-- What was done about it. `kind`: note, reply, state.
CREATE TABLE follow_up_notes (
    id TEXT NOT NULL PRIMARY KEY,
    follow_up TEXT NOT NULL REFERENCES follow_ups (id),
    at BIGINT NOT NULL,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX follow_up_notes_follow_up ON follow_up_notes (follow_up);

-- "You said, we do". Without an agency it is made to all. `constructs`: JSON list, what it is judged by.
-- `state`: planned, under-way, kept, dropped.
CREATE TABLE commitments (
    id TEXT NOT NULL PRIMARY KEY,
    agency TEXT REFERENCES agencies (code),
    round TEXT REFERENCES rounds (id),
    said TEXT NOT NULL,
    promised TEXT NOT NULL,
    constructs TEXT NOT NULL,
    owner TEXT REFERENCES users (id),
    due_on TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX commitments_agency ON commitments (agency);
CREATE INDEX commitments_round ON commitments (round);
CREATE INDEX commitments_owner ON commitments (owner);

-- A talk with an agency. `form`: face-to-face, video, phone.
CREATE TABLE meetings (
    id TEXT NOT NULL PRIMARY KEY,
    agency TEXT NOT NULL REFERENCES agencies (code),
    held_on TEXT NOT NULL,
    form TEXT NOT NULL,
    people TEXT NOT NULL,
    notes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX meetings_agency ON meetings (agency);

-- What a service delivered, as the office measured it. `period`: 2026, 2026-Q3 or 2026-07.
CREATE TABLE service_levels (
    agency TEXT NOT NULL REFERENCES agencies (code),
    period TEXT NOT NULL,
    service TEXT NOT NULL,
    measure TEXT NOT NULL,
    unit TEXT NOT NULL,
    target DOUBLE NOT NULL,
    actual DOUBLE NOT NULL,
    less_is_better BOOLEAN NOT NULL,
    PRIMARY KEY (agency, period, service, measure)
);

-- Roster files that were looked at and wait to be imported: one for an audience, for a day at the most.
CREATE TABLE roster_uploads (
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    content BLOB NOT NULL,
    matching TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    PRIMARY KEY (round, audience),
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name) ON DELETE CASCADE
);

-- Who looked at exactly this content of a draft (its digest) and found it good.
CREATE TABLE survey_approvals (
    survey TEXT NOT NULL,
    digest TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (survey, digest, approved_by)
);
