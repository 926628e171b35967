-- PostgreSQL keeps samples of every column in pg_statistic, for its planner. Of what people wrote and who they are it must keep
-- none: what is deleted from a table stays in the samples until somebody happens to count that table again. No plan needs them:
-- these columns are looked up by unique keys, or not at all.
ALTER TABLE invitations
    ALTER COLUMN code_hash SET STATISTICS 0,
    ALTER COLUMN person SET STATISTICS 0,
    ALTER COLUMN name SET STATISTICS 0,
    ALTER COLUMN email SET STATISTICS 0,
    ALTER COLUMN segments SET STATISTICS 0,
    ALTER COLUMN submission_key SET STATISTICS 0;
ALTER TABLE intake
    ALTER COLUMN key SET STATISTICS 0,
    ALTER COLUMN answers SET STATISTICS 0,
    ALTER COLUMN written SET STATISTICS 0;
ALTER TABLE responses
    ALTER COLUMN person SET STATISTICS 0,
    ALTER COLUMN answers SET STATISTICS 0;
ALTER TABLE comments
    ALTER COLUMN key SET STATISTICS 0,
    ALTER COLUMN person SET STATISTICS 0,
    ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE comment_decisions
    ALTER COLUMN comment SET STATISTICS 0,
    ALTER COLUMN released SET STATISTICS 0;
ALTER TABLE claims
    ALTER COLUMN code_hash SET STATISTICS 0,
    ALTER COLUMN blinded SET STATISTICS 0,
    ALTER COLUMN signature SET STATISTICS 0;
ALTER TABLE spent_tokens
    ALTER COLUMN token SET STATISTICS 0,
    ALTER COLUMN mark SET STATISTICS 0;
ALTER TABLE credential_keys
    ALTER COLUMN private_key SET STATISTICS 0;
ALTER TABLE roster_uploads
    ALTER COLUMN content SET STATISTICS 0;
ALTER TABLE mails
    ALTER COLUMN person SET STATISTICS 0,
    ALTER COLUMN seed SET STATISTICS 0,
    ALTER COLUMN told SET STATISTICS 0;
ALTER TABLE mailed_links
    ALTER COLUMN person SET STATISTICS 0,
    ALTER COLUMN seed SET STATISTICS 0,
    ALTER COLUMN stop_hash SET STATISTICS 0;
ALTER TABLE mail_stops
    ALTER COLUMN address SET STATISTICS 0;
ALTER TABLE follow_ups
    ALTER COLUMN person SET STATISTICS 0;
ALTER TABLE follow_up_notes
    ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE meetings
    ALTER COLUMN people SET STATISTICS 0,
    ALTER COLUMN notes SET STATISTICS 0;
ALTER TABLE sessions
    ALTER COLUMN refresh_hash SET STATISTICS 0,
    ALTER COLUMN previous_hash SET STATISTICS 0;
