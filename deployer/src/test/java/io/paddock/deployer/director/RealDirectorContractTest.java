package io.paddock.deployer.director;

import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Against the director that the environment names as it does for {@code bosh}: BOSH_ENVIRONMENT, BOSH_CLIENT, BOSH_CLIENT_SECRET, BOSH_CA_CERT. */
@EnabledIfEnvironmentVariable(named = "BOSH_ENVIRONMENT", matches = "https://.+")
class RealDirectorContractTest extends DirectorContract {

    @DynamicPropertySource
    static void director(DynamicPropertyRegistry registry) {
        registry.add("deployer.director.url", () -> System.getenv("BOSH_ENVIRONMENT"));
        registry.add("deployer.director.client", () -> System.getenv("BOSH_CLIENT"));
        registry.add("deployer.director.client-secret", () -> System.getenv("BOSH_CLIENT_SECRET"));
        registry.add("deployer.director.ca-cert", () -> System.getenv("BOSH_CA_CERT"));
    }
}
