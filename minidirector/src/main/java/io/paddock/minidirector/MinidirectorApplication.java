package io.paddock.minidirector;

import io.paddock.minidirector.certificate.DirectorCertificate;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Starts the director; its certificate is made before, since the web server needs it. */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
public class MinidirectorApplication {

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    public static void main(String[] arguments) {
        String state = System.getenv()
                .getOrDefault("MINIDIRECTOR_STATE_DIRECTORY", System.getProperty("minidirector.state-directory", ""));
        if (state.isEmpty()) {
            System.err.println(
                    "minidirector: set MINIDIRECTOR_STATE_DIRECTORY to the directory that shall hold machines, disks and tasks");
            System.exit(2);
        }
        DirectorCertificate certificate = DirectorCertificate.in(Path.of(state));
        SpringApplication application = new SpringApplication(MinidirectorApplication.class);
        application.setDefaultProperties(certificate.serverProperties());
        application.run(arguments);
    }
}
