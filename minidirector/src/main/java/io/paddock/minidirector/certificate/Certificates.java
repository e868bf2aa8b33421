package io.paddock.minidirector.certificate;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/** Makes keys and X.509 certificates, in PEM. */
public final class Certificates {

    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*");
    private static final Duration CLOCK_SKEW = Duration.ofHours(1);
    private static final SecureRandom RANDOM = new SecureRandom();

    private Certificates() {}

    /** A certificate with its private key, both in PEM, and the certificate of its issuer. */
    public record Issued(String ca, String certificate, String privateKey) {

        @Override
        public String toString() {
            return "Issued[...]";
        }
    }

    /** A key's algorithm and length. */
    public record KeyType(String algorithm, int bits) {

        public static final KeyType EC = new KeyType("EC", 256);

        public static KeyType rsa(int bits) {
            return new KeyType("RSA", bits);
        }
    }

    /**
     * @param alternativeNames DNS names and IP addresses
     * @param issuer null for a self-signed certificate
     */
    public record Wish(
            String commonName,
            List<String> alternativeNames,
            boolean isCa,
            KeyType keyType,
            Duration validity,
            @Nullable Issued issuer) {}

    public static Issued issue(Wish wish, Instant now) {
        try {
            KeyPair keys = keyPair(wish.keyType());
            X500Name subject =
                    new X500NameBuilder().addRDN(BCStyle.CN, wish.commonName()).build();
            Issued issuer = wish.issuer();
            X509CertificateHolder parent = issuer == null ? null : certificate(issuer.certificate());
            PrivateKey signingKey = issuer == null ? keys.getPrivate() : privateKey(issuer.privateKey());
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    parent == null ? subject : parent.getSubject(),
                    new BigInteger(128, RANDOM),
                    Date.from(now.minus(CLOCK_SKEW)),
                    Date.from(now.plus(wish.validity())),
                    subject,
                    keys.getPublic());
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(keys.getPublic()));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(wish.isCa()));
            if (parent != null) {
                builder.addExtension(
                        Extension.authorityKeyIdentifier, false, extensions.createAuthorityKeyIdentifier(parent));
            }
            if (wish.isCa()) {
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            }
            if (!wish.alternativeNames().isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, names(wish.alternativeNames()));
            }
            X509Certificate made = new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder(signatureOf(signingKey)).build(signingKey)));
            String pem = pem(made);
            return new Issued(issuer == null ? pem : issuer.certificate(), pem, privateKeyPem(keys.getPrivate()));
        } catch (GeneralSecurityException | OperatorCreationException failure) {
            throw new IllegalStateException("cannot issue a certificate for " + wish.commonName(), failure);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot issue a certificate for " + wish.commonName(), failure);
        }
    }

    public static KeyPair keyPair(KeyType type) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(type.algorithm());
        generator.initialize(type.bits(), RANDOM);
        return generator.generateKeyPair();
    }

    /** A certificate, a key ... in PEM. */
    public static String pem(Object value) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(value);
        }
        return text.toString();
    }

    public static Instant expiry(String certificatePem) {
        try {
            return certificate(certificatePem).getNotAfter().toInstant();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** PKCS#1 for RSA, as CredHub gives it; PKCS#8 for EC, whose older form does not name its curve here. */
    private static String privateKeyPem(PrivateKey key) throws IOException {
        return key.getAlgorithm().equals("RSA") ? pem(key) : pem(new PemObject("PRIVATE KEY", key.getEncoded()));
    }

    private static String signatureOf(PrivateKey key) {
        return key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    }

    private static GeneralNames names(List<String> alternativeNames) throws IOException {
        GeneralName[] names = new GeneralName[alternativeNames.size()];
        for (int i = 0; i < names.length; i++) {
            String name = alternativeNames.get(i);
            boolean isAddress = ADDRESS.matcher(name).matches();
            names[i] = isAddress
                    ? new GeneralName(
                            GeneralName.iPAddress, InetAddress.getByName(name).getHostAddress())
                    : new GeneralName(GeneralName.dNSName, name);
        }
        return new GeneralNames(names);
    }

    private static X509CertificateHolder certificate(String pem) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            return (X509CertificateHolder) parser.readObject();
        }
    }

    private static PrivateKey privateKey(String pem) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            Object key = parser.readObject();
            PrivateKeyInfo info = key instanceof PEMKeyPair pair ? pair.getPrivateKeyInfo() : (PrivateKeyInfo) key;
            return new JcaPEMKeyConverter().getPrivateKey(info);
        }
    }
}
