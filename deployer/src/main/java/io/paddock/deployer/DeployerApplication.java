package io.paddock.deployer;

import io.paddock.contracts.service.ServiceEdge;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;

/** Starts the deployer. */
@SpringBootApplication
@ServiceEdge
@ConfigurationPropertiesScan
public class DeployerApplication {

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    public static void main(String[] arguments) {
        SpringApplication.run(DeployerApplication.class, arguments);
    }
}
