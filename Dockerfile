# The image holds the binary, the certificates of public authorities and an
# empty data folder; no shell, no user but 65532.
#
#   docker build -t polder .
#   docker run --rm -v polder-data:/data polder init -dir /data \
#       -url https://denkmee.example.nl -level municipality -area GM0037 -name "Gemeente Stadskanaal"
#   docker run -d -v polder-data:/data -p 127.0.0.1:8080:8080 polder

FROM golang:1.26.8-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w" -o /out/polder ./cmd/polder \
	&& install -d -m 0700 -o 65532 -g 65532 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /src/NOTICE /
COPY --from=build /out/polder /polder
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/polder", "health", "-dir", "/data"]
ENTRYPOINT ["/polder"]
CMD ["serve", "-dir", "/data", "-listen", ":8080"]
