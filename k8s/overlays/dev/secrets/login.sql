-- The applications' login. The role it is a member of owns nothing; the first migration grants it what the apps need.
CREATE ROLE shadower_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
CREATE ROLE analytics LOGIN PASSWORD 'development-only' IN ROLE shadower_app;
