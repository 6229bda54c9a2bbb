# A second door of each node, with TLS and a login; sourced by kafka.sh where KAFKA_SECURE is set.
#
# It listens two above the node's port. The root that signed the nodes' certificates is $data/tls/ca.pem; user `ann` has the
# password `secret`, by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.

# A root, and the nodes' certificate for the loopback address, with its key, as Kafka reads them.
certificates() {
  local tls=$data/tls
  [ -e "$tls/node.pem" ] && return
  command -v openssl > /dev/null || fail "cannot find openssl, which makes the certificates" "apt-get install openssl"
  mkdir -p "$tls"
  (
    cd "$tls"
    printf 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n' > node.ext
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=test root" -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=node" -keyout node.key -out node.csr
    openssl x509 -req -days 30 -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile node.ext -out node.crt
    cat node.key node.crt > node.pem
  ) 2> "$tls/openssl.out" || fail "openssl cannot make certificates: $(tail -3 "$tls/openssl.out")"
}

# The settings of node $1 for it; they stand behind the others, and the last one of a name counts.
secure_properties() {
  local plain=PLAINTEXT://127.0.0.1:$(port "$1") secure=SASL_SSL://127.0.0.1:$(($(port "$1") + 2))
  local modules=org.apache.kafka.common.security
  certificates
  cat << END
listeners=$plain,$secure,CONTROLLER://127.0.0.1:$(controller "$1")
advertised.listeners=$plain,$secure
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location=$data/tls/node.pem
ssl.truststore.type=PEM
ssl.truststore.location=$data/tls/ca.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=$modules.plain.PlainLoginModule required user_ann="secret";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$modules.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$modules.scram.ScramLoginModule required;
END
}

# The users that a new cluster has from its beginning, as arguments of its format.
secure_users() {
  printf '%s\n' --add-scram 'SCRAM-SHA-256=[name=ann,password=secret]' --add-scram 'SCRAM-SHA-512=[name=ann,password=secret]'
}
