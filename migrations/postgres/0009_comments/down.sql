DROP TABLE comment_decisions;
ALTER TABLE comments DROP COLUMN may_show;
