package io.paddock.keeper.system;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate that the instance's CA issued on the node, before each start. Each node has two: with the one, keepers and the lock's servers
 * serve and show each other that they are nodes; with the other, PostgreSQL serves and reaches the primary. What runs as PostgreSQL can read the
 * second only, so that one {@linkplain #isOfPostgres opens nothing else}.
 *
 * @param certificate PEM
 * @param key PKCS#8, DER
 * @param ca PEM
 */
public record NodeTls(Path certificate, Path key, Path ca) {

    /** As the job {@code postgres} names its server; nodes of earlier releases have one certificate for all, without this. */
    private static final String OF_POSTGRES = "OU=PostgreSQL";

    public static boolean isOfPostgres(X509Certificate certificate) {
        return List.of(certificate.getSubjectX500Principal().getName().split(","))
                .contains(OF_POSTGRES);
    }

    /** How long ago the certificate was issued, which is when BOSH last brought the node's jobs up to date; zero if that can't be seen. */
    public Duration age() {
        try {
            Duration age =
                    Duration.between(Files.getLastModifiedTime(certificate).toInstant(), Instant.now());
            return age.isNegative() ? Duration.ZERO : age;
        } catch (IOException unseen) {
            return Duration.ZERO;
        }
    }

    /** @throws GeneralSecurityException if the files do not fit together */
    public SSLContext context() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        PrivateKey privateKey =
                KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(key)));
        char[] none = {};
        keys.setKeyEntry("node", privateKey, none, new Certificate[] {read(certificate)});
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, none);

        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", read(ca));
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trusted);

        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    private static Certificate read(Path file) throws IOException, GeneralSecurityException {
        try (InputStream content = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(content);
        }
    }
}
