# One image for all five services; the command says which: node services/<name>/dist/main.js
ARG NODE_VERSION=20

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci && npx nx run-many -t build --projects=tag:type:contracts,tag:type:lib,tag:type:service

FROM node:${NODE_VERSION}-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY libs/contracts/package.json libs/contracts/
COPY libs/kafka/package.json libs/kafka/
COPY libs/postgres/package.json libs/postgres/
COPY libs/service-kit/package.json libs/service-kit/
COPY libs/telegram/package.json libs/telegram/
COPY services/click-service/package.json services/click-service/
COPY services/click-service/tracker/package.json services/click-service/tracker/
COPY services/join-service/package.json services/join-service/
COPY services/attribution-service/package.json services/attribution-service/
COPY services/tiktok-dispatcher/package.json services/tiktok-dispatcher/
COPY services/dashboard/package.json services/dashboard/
# Only what the services need at run time: no tools, no test harness, no compilers.
RUN npm ci --omit=dev \
  --workspace=services/click-service --workspace=services/join-service \
  --workspace=services/attribution-service --workspace=services/tiktok-dispatcher --workspace=services/dashboard

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app/libs/contracts/dist libs/contracts/dist
COPY --from=build /app/libs/kafka/dist libs/kafka/dist
COPY --from=build /app/libs/postgres/dist libs/postgres/dist
COPY --from=build /app/libs/service-kit/dist libs/service-kit/dist
COPY --from=build /app/libs/telegram/dist libs/telegram/dist
COPY --from=build /app/services/click-service/dist services/click-service/dist
COPY --from=build /app/services/click-service/tracker/dist services/click-service/tracker/dist
COPY --from=build /app/services/join-service/dist services/join-service/dist
COPY --from=build /app/services/attribution-service/dist services/attribution-service/dist
COPY --from=build /app/services/tiktok-dispatcher/dist services/tiktok-dispatcher/dist
COPY --from=build /app/services/dashboard/dist services/dashboard/dist
COPY --from=build /app/services/dashboard/web/dist services/dashboard/web/dist
USER node
# The services take SIGTERM themselves and drain; no shell stands between.
CMD ["node", "services/dashboard/dist/main.js"]
