# Nothing in this repository's checks builds this image: they run where there is no container engine.
# Pin both by digest where yours is built: docker buildx imagetools inspect golang:1.26

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Static, with the time zones inside, so that the image needs neither a C library nor a zone database.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags timetzdata -ldflags='-s -w -buildid=' -o /out/officermobile . \
    && mkdir /out/data

FROM scratch
# APNs, FCM, sign-in providers and MongoDB are reached by TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/officermobile /officermobile
COPY --from=build --chown=65532:65532 /out/data /data

# By number, so that Kubernetes can see that it isn't root. The root may be read-only: all writing is under /data.
USER 65532:65532
VOLUME /data
ENV OFFICERMOBILE_SERVER_LISTEN=:8080 \
    OFFICERMOBILE_STORE_ADDRESS=/data \
    SQLITE_TMPDIR=/data
EXPOSE 8080

# No shell and no curl here: the server asks itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/officermobile", "healthcheck"]
ENTRYPOINT ["/officermobile"]
CMD ["serve"]
