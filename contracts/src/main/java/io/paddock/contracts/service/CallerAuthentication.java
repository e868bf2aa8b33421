package io.paddock.contracts.service;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.SecurityFilterChain;

/** Basic authentication for everything but the health checks; no sessions, so no cross-site requests to fear. */
@Configuration
public class CallerAuthentication {

    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers("/actuator/health/**")
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .httpBasic(Customizer.withDefaults())
                .csrf(csrf -> csrf.disable())
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .build();
    }

    /**
     * The one caller. Not Boot's own user store: that encodes the password anew with bcrypt, which costs 100 ms at each request, and
     * protects passwords that people choose, not random ones that the operator keeps in the clear anyway.
     */
    @Bean
    UserDetailsService caller(
            @Value("${spring.security.user.name}") String name,
            @Value("${spring.security.user.password}") String password) {
        return username -> {
            if (!username.equals(name)) {
                throw new UsernameNotFoundException("unknown caller");
            }
            return User.withUsername(name).password("{noop}" + password).build();
        };
    }
}
