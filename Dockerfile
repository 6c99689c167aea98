# One image for the server and every worker; `--target gpu` adds the Vulkan loader that WebGPU needs.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
# onnxruntime-node would fetch CUDA libraries while it is installed; CPU and WebGPU come with it.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20.20.2-bookworm-slim AS runtime
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner=node --group=node /data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
ENV NODE_ENV=production
# Nothing in /app belongs to this user; /data and /tmp are all it may write to.
USER node
VOLUME /data
EXPOSE 8484
ENTRYPOINT ["node", "/app/dist/pipeline/cli/main.js"]
CMD ["--help"]

FROM runtime AS gpu
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libvulkan1 \
 && rm -rf /var/lib/apt/lists/*
ENV NVIDIA_DRIVER_CAPABILITIES=compute,graphics,utility
USER node

# Without --target: the image of everybody.
FROM runtime
