package spring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A Spring Boot program that answers every request with its second argument. Arguments: port, word, file for what was seen. */
@SpringBootApplication(proxyBeanMethods = false)
@RestController
public class SpringAnswer {
    static String word, seen;

    public static void main(String[] args) {
        word = args[1];
        seen = args[2];
        var application = new SpringApplication(SpringAnswer.class);
        application.setDefaultProperties(Map.of("server.port", args[0]));
        application.run();
    }

    @RequestMapping("/**")
    String answer() throws IOException {
        Files.writeString(Path.of(seen), "a request\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return word;
    }
}
