namespace orch {}
