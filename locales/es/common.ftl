# Textos que comparten varias páginas para quienes responden.
skip-to-content = Ir al contenido
product-name = Rapport
product-claim = ¿Qué tan bien se atiende a las agencias?
language-name = Español
problem-heading = Hay un problema
problem-reference = Referencia para quienes administran este sistema:
back-to-start = Volver a la página de inicio
main-navigation = Principal
sign-out = Cerrar sesión
sign-in = Iniciar sesión
nav-method = Cómo se miden los resultados
nav-results = Resultados
nav-rounds = Rondas
nav-surveys = Encuestas
nav-follow-ups = Seguimientos
nav-commitments = Compromisos
nav-service-levels = Niveles de servicio
