# Texts that several pages for respondents share. Every key exists in every language: a test holds that.
skip-to-content = Skip to content
product-name = Rapport
product-claim = How well are agencies served?
language-name = English
problem-heading = There is a problem
problem-reference = Reference for the people who run this system:
back-to-start = Back to the start page
main-navigation = Main
sign-out = Sign out
sign-in = Sign in
nav-method = How results are measured
nav-results = Results
nav-rounds = Rounds
nav-surveys = Surveys
nav-follow-ups = Follow-ups
nav-commitments = Commitments
nav-service-levels = Service levels
