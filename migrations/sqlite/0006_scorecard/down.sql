DROP TABLE scorecard_agencies;
DROP TABLE scorecards;
