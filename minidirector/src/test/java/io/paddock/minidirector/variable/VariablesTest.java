package io.paddock.minidirector.variable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.TestSettings;
import io.paddock.minidirector.variable.ConfigServer.UpdateMode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VariablesTest {

    @TempDir
    private Path directory;

    private ConfigServer configServer;

    @BeforeEach
    void configServer() {
        configServer = open();
    }

    @Test
    void aVariableIsGeneratedOnceAndOutlivesARestart() {
        Object value = ensure(configServer, "/d/x/password", "password", Map.of("length", 40))
                .value();

        assertThat(value.toString()).hasSize(40).matches("[A-Za-z0-9]+");
        assertThat(ensure(open(), "/d/x/password", "password", Map.of()).value())
                .isEqualTo(value);
    }

    @Test
    void aCertificateIsSignedByItsCa() throws Exception {
        ensure(configServer, "/d/x/ca", "certificate", Map.of("is_ca", true, "common_name", "ca"));
        Variable leaf = ensure(
                configServer,
                "/d/x/leaf",
                "certificate",
                Map.of(
                        "ca",
                        "/d/x/ca",
                        "common_name",
                        "leaf",
                        "alternative_names",
                        List.of("db.example.com", "127.9.0.2")));

        Map<?, ?> value = (Map<?, ?>) leaf.value();
        X509Certificate certificate = certificate(value.get("certificate"));
        certificate.verify(certificate(value.get("ca")).getPublicKey());
        assertThat(certificate.getSubjectAlternativeNames().toString()).contains("db.example.com", "127.9.0.2");
        assertThat(value.get("private_key").toString()).startsWith("-----BEGIN RSA PRIVATE KEY-----");
    }

    @Test
    void aCertificateWithoutACaIsRefused() {
        assertThatThrownBy(() -> ensure(configServer, "/d/x/leaf", "certificate", Map.of("common_name", "leaf")))
                .isInstanceOfSatisfying(
                        DirectorException.class,
                        failure -> assertThat(failure.code()).isEqualTo(540009));
    }

    @Test
    void referencesAreReplacedInTheTreeRelativeAndAbsoluteWholeAndInside() {
        ensure(configServer, "/d/x/user", "user", Map.of("username", "u"));
        Variable password = ensure(configServer, "/other/password", "password", Map.of());
        Interpolation interpolation = new Interpolation(configServer, "/d/x/");

        Object result = interpolation.apply(
                Map.of("a", "((user.username))", "b", List.of("<((/other/password))>"), "c", 7, "whole", "((user))"));

        assertThat(result)
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                .containsEntry("a", "u")
                .containsEntry("b", List.of("<" + password.value() + ">"))
                .containsEntry("c", 7)
                .hasEntrySatisfying("whole", whole -> assertThat(whole).isInstanceOf(Map.class));
        assertThat(interpolation.used()).containsExactly("/d/x/user", "/other/password");
    }

    @Test
    void anUnknownVariableIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> new Interpolation(configServer, "/d/x/").apply("((nope))"))
                .hasMessageContaining("Failed to find variable '/d/x/nope'");
    }

    @Test
    void aVariableDoesNotShowItsValue() {
        Variable password = ensure(configServer, "/d/x/password", "password", Map.of());

        assertThat(password.toString()).doesNotContain(password.value().toString());
    }

    private static Variable ensure(ConfigServer server, String name, String type, Map<String, Object> options) {
        return server.ensure(name, type, options, UpdateMode.NO_OVERWRITE);
    }

    private ConfigServer open() {
        return new ConfigServer(TestSettings.in(directory), Clock.systemUTC());
    }

    private static X509Certificate certificate(Object pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
